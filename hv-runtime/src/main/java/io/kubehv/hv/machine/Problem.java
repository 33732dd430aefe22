package io.kubehv.hv.machine;

/**
 * Why a machine can't be run, in one line for its user.
 *
 * @param field the definition's field, such as {@code disks[0].path}
 * @param value what it has
 * @param rule what it must be
 * @param fix what to do about it
 */
public record Problem(String field, String value, String rule, String fix) {
    @Override
    public String toString() {
        return field + " is " + value + ", but " + rule + "; " + fix;
    }
}
