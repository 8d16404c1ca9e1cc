import CBottleShims

let x = 1
