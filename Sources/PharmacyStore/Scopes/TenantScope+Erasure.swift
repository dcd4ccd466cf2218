extension TenantScope {
    /// Records that the transaction erases something. A commit of unknown outcome counts, too.
    func noteErasure() {
        db.afterTransaction { [erasures = memory.erasures] in erasures.note() }
    }
}

extension SystemScope {
    /// Records that the transaction erases something. A commit of unknown outcome counts, too.
    func noteErasure() {
        db.afterTransaction { [erasures = memory.erasures] in erasures.note() }
    }
}
