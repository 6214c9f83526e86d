"""The report of a training: pictures of its findings, and one page that holds them."""
