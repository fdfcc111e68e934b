"""Import two exchanges of ccxt and not the other hundred.

`import ccxt.async_support` runs every exchange's module: 43 MB more and about four seconds of
start-up, which a trader that takes over another's accounts does not have. Python looks for
submodules along a package's `__path__`, so an empty package with the right path lets us import the
modules that we need alone. The empty packages are taken out again at once: whoever imports ccxt
later gets the whole library.
"""

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

_PACKAGES = ("ccxt", "ccxt.async_support")


def load_ccxt_classes() -> SimpleNamespace:
    """Return `binanceusdm` and `bybit` of ccxt's asynchronous edition."""
    if "ccxt" in sys.modules:
        return _classes()
    spec = importlib.util.find_spec("ccxt")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("ccxt is not installed", name="ccxt")
    root = Path(spec.origin).parent
    for name in _PACKAGES:
        package = ModuleType(name)
        package.__path__ = [str(root.joinpath(*name.split(".")[1:]))]
        sys.modules[name] = package
    try:
        base = importlib.import_module("ccxt.base.exchange")
        errors = importlib.import_module("ccxt.base.errors")
        # ccxt's own modules import these from the package's top.
        vars(sys.modules["ccxt"]).update(
            {name: value for name, value in vars(errors).items() if isinstance(value, type)},
            Exchange=base.Exchange,
        )
        return _classes()
    finally:
        for name in _PACKAGES:
            sys.modules.pop(name, None)


def _classes() -> SimpleNamespace:
    return SimpleNamespace(
        binanceusdm=importlib.import_module("ccxt.async_support.binanceusdm").binanceusdm,
        bybit=importlib.import_module("ccxt.async_support.bybit").bybit,
    )
