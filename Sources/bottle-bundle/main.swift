import BottleSidecars

try go()
