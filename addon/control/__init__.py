"""What an operator asks of a channel itself, not of a model: what is left, which models there are, is the key one.

    way            one way of asking: the first request, those that follow, how the replies are read
    balances       BALANCES, by the name in a provider's row
    model_lists    LISTS, likewise; the lists themselves are in `*_list`
    keys           what is wrong with the form of a key
    samples        what a channel test asks, by endpoint, and what it says of the reply

Pure: the relay sends, over the same connections and with the same rules as everything else.
To add one: a `Way` in the table, and its name in the row. A provider is asked at the channel's own origin only.
"""
