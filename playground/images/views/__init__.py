"""What the pages of pictures answer to. Each view finds its object in `owned`, checks, asks the domain, renders.

studio    asking for pictures, and watching them come
"""
