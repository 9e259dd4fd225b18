"""What more than one service needs, and no rule of any one of them."""
