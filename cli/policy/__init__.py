"""What the owner of a policy needs: check it, read it as a customer does, compare versions, publish it."""
