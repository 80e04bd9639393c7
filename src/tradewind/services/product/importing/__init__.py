"""Reading products out of files: each line or group of lines becomes a product, or a reason why not."""
