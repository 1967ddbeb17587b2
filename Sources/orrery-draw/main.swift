print("orrery-draw")
