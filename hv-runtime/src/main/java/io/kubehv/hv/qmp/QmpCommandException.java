package io.kubehv.hv.qmp;

/** QEMU answered no: the command had no effect. */
public final class QmpCommandException extends QmpException {
    private static final long serialVersionUID = 1L;

    private final String command;
    private final String errorClass;
    private final String description;

    /** What was asked and what QEMU said. */
    public QmpCommandException(String command, String errorClass, String description) {
        super(command + " was refused (" + errorClass + "): " + description, null);
        this.command = command;
        this.errorClass = errorClass;
        this.description = description;
    }

    /** The command that was refused. */
    public String command() {
        return command;
    }

    /** QEMU's error class, such as {@code GenericError} or {@code CommandNotFound}. */
    public String errorClass() {
        return errorClass;
    }

    /** QEMU's own words. */
    public String description() {
        return description;
    }
}
