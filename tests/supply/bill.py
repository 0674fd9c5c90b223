"""The bill of materials of what runs: CycloneDX JSON from the lock.

    python -m tests.supply.bill [requirements.txt] > sbom.json      (make sbom)

The same lock gives the same bill, but for its time (SOURCE_DATE_EPOCH, else now).
"""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from pip_requirements_parser import RequirementsFile

NAME = "invoice-lake"


def main() -> None:
    lock = Path(sys.argv[1] if len(sys.argv) > 1 else "requirements.txt")
    print(make_bill(lock))


def make_bill(lock: Path) -> str:
    """The bill as JSON."""
    bill = Bom(components=components(lock))
    root = Component(name=NAME, type=ComponentType.APPLICATION, bom_ref=NAME)
    bill.metadata.component = root
    bill.register_dependency(root, bill.components)
    bill.serial_number = uuid.uuid5(uuid.NAMESPACE_URL, lock.read_text())
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    bill.metadata.timestamp = datetime.fromtimestamp(int(epoch), UTC) if epoch else datetime.now(UTC)
    return str(JsonV1Dot6(bill).output_as_string(indent=1))


def components(lock: Path) -> Iterator[Component]:
    """Each locked package with its version, its licence where it is installed here, and the hashes of its files."""
    for requirement in RequirementsFile.from_file(str(lock)).requirements:
        (version,) = (specifier.version for specifier in requirement.specifier)
        purl = PackageURL("pypi", name=requirement.name, version=version)
        hashes = [option.split("=", 1)[-1].split(":", 1)[-1] for option in requirement.hash_options]
        files = ExternalReference(
            type=ExternalReferenceType.DISTRIBUTION,
            url=XsUri(str(purl)),
            comment=f"pinned; {requirement.marker}" if requirement.marker else "pinned",
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=content) for content in hashes],
        )
        yield Component(
            name=requirement.name,
            version=version,
            purl=purl,
            bom_ref=str(purl),
            type=ComponentType.LIBRARY,
            licenses=_licence(requirement.name),
            external_references=[files],
        )


def _licence(name: str) -> list[LicenseExpression]:
    try:
        expression = metadata(name).get("License-Expression")
    except PackageNotFoundError:
        return []
    return [LicenseExpression(expression)] if expression else []


if __name__ == "__main__":
    main()
