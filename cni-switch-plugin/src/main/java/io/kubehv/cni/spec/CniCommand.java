package io.kubehv.cni.spec;

/** What a runtime asks for, {@code CNI_COMMAND} (CNI specification 1.1.0, section 2). */
public enum CniCommand {
    /** Attach a container. */
    ADD,
    /** Detach one. */
    DEL,
    /** Is the attachment as it was made? */
    CHECK,
    /** Remove what belongs to no attachment of a list. */
    GC,
    /** Can ADD be served? */
    STATUS
}
