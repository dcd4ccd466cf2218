internal import PharmacyDomain

extension PatientDetails {
    /// The members of a patient in requests to Impetus (`Documentation/impetus-openapi.yaml`).
    var impetusMembers: [JSON.Member] {
        [
            JSON.Member("first_name", .string(firstName)),
            JSON.Member("middle_name", JSON(middleName)),
            JSON.Member("last_name", .string(lastName)),
            JSON.Member("suffix", JSON(suffix)),
            JSON.Member("date_of_birth", .string(dateOfBirth.description)),
            JSON.Member("gender", .string(gender.rawValue)),
            JSON.Member("email", .string(email)),
            JSON.Member("phone_home", JSON(phoneHome)),
            JSON.Member("phone_work", JSON(phoneWork)),
            JSON.Member("phone_cell", JSON(phoneCell)),
            JSON.Member("address1", .string(address1)),
            JSON.Member("address2", JSON(address2)),
            JSON.Member("city", .string(city)),
            JSON.Member("state", .string(state)),
            JSON.Member("zip", .string(zip)),
            JSON.Member("external_id", JSON(externalID)),
            JSON.Member("allergies", .array(allergies.map(JSON.string))),
            JSON.Member("conditions", .array(conditions.map(JSON.string))),
            JSON.Member("medications", .array(medications.map(JSON.string))),
        ]
    }
}
