"""The actions of a plan, on their path from proposed to done or dropped."""
