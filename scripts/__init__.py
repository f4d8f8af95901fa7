"""What a person or a pipeline runs: serve, test, check, bench, fake-provider. The product never imports it."""
