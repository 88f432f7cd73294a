"""The instruments of the demonstration site: two of them answer, byte for byte, frames that their makers printed.

The Y532 and the RS-WS-N01 stand at their documented address 1; the frames and their sources are in `tests/sensors`.
The others read plausible values, at other addresses, so that each line carries several.
"""

from pathlib import Path

from hil.virtual.bench import LinePlan, SlavePlan

WATER = (
    SlavePlan("yosemitech-y532", 1, {"ph": 7.6, "temperature": 15.8, "potential": -10.28}),
    SlavePlan(
        "yosemitech-y504", 3, {"temperature": 17.625, "dissolved_oxygen_saturation": 91.5, "dissolved_oxygen": 8.73}
    ),
    SlavePlan("keller-series-30", 5, {"pressure_p1": 1.125, "temperature_tob1": 16.25}),
    SlavePlan(
        "yosemitech-y4000",
        7,
        {
            "dissolved_oxygen": 8.5,
            "turbidity": 12.25,
            "conductivity": 0.5,
            "ph": 7.5,
            "temperature": 16.5,
            "orp": 215.0,
        },
        every=60.0,
    ),
)
AIR = (
    SlavePlan("renke-rs-ws", 1, {"relative_humidity": 65.8, "temperature": -10.1}),
    SlavePlan("xy-md02", 2, {"relative_humidity": 54.6, "temperature": 21.4}),
    SlavePlan("senseair-s8", 4, {"co2": 400.0}, every=2.0),
    SlavePlan("eastron-sdm120", 6, {"voltage": 230.2, "current": 1.5, "active_power": 345.0, "frequency": 50.0}),
)


def lines(folder: Path) -> tuple[LinePlan, LinePlan]:
    """Both lines, with their ports in `folder`."""
    return LinePlan(str(folder / "water"), 9600, WATER), LinePlan(str(folder / "air"), 9600, AIR)
