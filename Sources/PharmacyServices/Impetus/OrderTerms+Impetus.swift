internal import PharmacyDomain

extension ShipTo {
    /// The address of a prescription in requests to Impetus (`Documentation/impetus-openapi.yaml`).
    var impetusObject: JSON {
        [
            "recipient": .string(recipient), "address1": .string(address1), "address2": JSON(address2),
            "city": .string(city), "state": .string(state), "zip": .string(zip),
        ]
    }
}

extension Prescriber {
    /// The prescriber of a prescription in requests to Impetus.
    var impetusObject: JSON {
        [
            "name": .string(name), "npi": .string(npi), "license_number": JSON(licenseNumber),
            "license_state": JSON(licenseState), "dea_number": JSON(deaNumber),
        ]
    }
}
