internal import PharmacyDomain

/// How many rows a list has, and the epoch in which they were counted.
struct ListCount {
    let total: Int?
    let epoch: Epoch
}
