"""What is asked of a customer, item by item: collected while a case is read, sent in one letter, answered by what
comes in. What Oceafin asks for goes the same way, in Oceafin's words."""
