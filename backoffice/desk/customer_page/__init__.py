"""What about this customer? One page: the head answers at once, each tab is read when it is opened."""
