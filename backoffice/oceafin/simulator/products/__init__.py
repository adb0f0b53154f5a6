"""What Oceafin would do, one module for each product. Each function answers one operation of the contract."""
