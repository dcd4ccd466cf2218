extension Patient {
    /// The patient as it is stored. Format 1.
    package var document: JSON {
        .object(
            [JSON.Member("uuid", .string(id.description))] + PatientDetails.members.write(details) + [
                JSON.Member("sync", sync.document),
                JSON.Member("created_at", JSON(createdAt)),
                JSON.Member("updated_at", JSON(updatedAt)),
            ])
    }

    /// Reads back what `document` wrote; `nil` for anything else.
    package init?(document: JSON) {
        guard let id = document["uuid"]?.text.flatMap(PatientID.init),
            let details = PatientDetails.members.read(document),
            let sync = document["sync"].flatMap(PatientSync.init(document:)),
            let createdAt = document["created_at"]?.text.flatMap(Timestamp.init),
            let updatedAt = document["updated_at"]?.text.flatMap(Timestamp.init)
        else { return nil }
        self.init(id: id, details: details, sync: sync, createdAt: createdAt, updatedAt: updatedAt)
    }
}

extension PatientSync {
    fileprivate var document: JSON {
        switch self {
        case .pending: ["status": "pending", "synced_at": nil, "message": nil]
        case .synced(let moment): ["status": "synced", "synced_at": JSON(moment), "message": nil]
        case .failed(let message): ["status": "failed", "synced_at": nil, "message": .string(message)]
        }
    }

    fileprivate init?(document: JSON) {
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
