extension Patient {
    /// The patient as the API shows it.
    package var document: JSON {
        .object(
            [JSON.Member("uuid", .string(id.description))] + details.members + [
                JSON.Member("sync", sync.document),
                JSON.Member("created_at", JSON(createdAt)),
                JSON.Member("updated_at", JSON(updatedAt)),
            ])
    }

    /// Reads back what `document` wrote; `nil` when it is something else.
    package init?(document: JSON) {
        guard let id = document["uuid"]?.text.flatMap(PatientID.init),
            let details = PatientDetails(document: document),
            let sync = document["sync"].flatMap(PatientSync.init(document:)),
            let createdAt = document["created_at"]?.text.flatMap(Timestamp.init),
            let updatedAt = document["updated_at"]?.text.flatMap(Timestamp.init)
        else { return nil }
        self.init(id: id, details: details, sync: sync, createdAt: createdAt, updatedAt: updatedAt)
    }
}

extension PatientDetails {
    /// The partner's members in the order the API shows them.
    package var members: [JSON.Member] {
        [
            JSON.Member("first_name", .string(firstName)),
            JSON.Member("middle_name", JSON(middleName)),
            JSON.Member("last_name", .string(lastName)),
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
        ]
    }

    /// Reads back what `members` wrote.
    package init?(document: JSON) {
        func text(_ name: String) -> String? { document[name]?.text }
        guard let firstName = text("first_name"), let lastName = text("last_name"),
            let dateOfBirth = text("date_of_birth").flatMap(CalendarDate.init),
            let gender = text("gender").flatMap(Gender.init(rawValue:)), let email = text("email"),
            let address1 = text("address1"), let city = text("city"), let state = text("state"),
            let zip = text("zip")
        else { return nil }
        self.init(
            firstName: firstName, middleName: text("middle_name"), lastName: lastName, dateOfBirth: dateOfBirth,
            gender: gender, email: email, phoneHome: text("phone_home"), phoneWork: text("phone_work"),
            phoneCell: text("phone_cell"), address1: address1, address2: text("address2"), city: city, state: state,
            zip: zip, externalID: text("external_id"))
    }
}

extension PatientSync {
    package var document: JSON {
        switch self {
        case .pending: ["status": "pending", "synced_at": nil, "message": nil]
        case .synced(let moment): ["status": "synced", "synced_at": JSON(moment), "message": nil]
        case .failed(let message): ["status": "failed", "synced_at": nil, "message": .string(message)]
        }
    }

    package init?(document: JSON) {
        switch document["status"]?.text {
        case "pending": self = .pending
        case "synced":
            guard let moment = document["synced_at"]?.text.flatMap(Timestamp.init) else { return nil }
            self = .synced(at: moment)
        case "failed": self = .failed(message: document["message"]?.text ?? "")
        default: return nil
        }
    }
}
