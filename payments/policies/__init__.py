"""Who must approve what, as versions of one policy: proposed by one administrator, approved by another."""
