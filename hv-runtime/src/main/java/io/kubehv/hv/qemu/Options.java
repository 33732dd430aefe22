package io.kubehv.hv.qemu;

import java.nio.file.Path;

/** The value of one argument: {@code head,key=value,…}. A comma in a value is doubled, as QEMU reads it. */
final class Options {
    private final StringBuilder text;

    private Options(String head) {
        text = new StringBuilder(head);
    }

    static Options of(String head) {
        return new Options(head);
    }

    static Options of(String key, String value) {
        return new Options(key + "=" + escaped(value));
    }

    Options with(String key, String value) {
        text.append(',').append(key).append('=').append(escaped(value));
        return this;
    }

    Options with(String key, long value) {
        return with(key, Long.toString(value));
    }

    Options with(String key, Path value) {
        return with(key, value.toString());
    }

    Options with(String key, boolean value) {
        return with(key, value ? "on" : "off");
    }

    private static String escaped(String value) {
        return value.replace(",", ",,");
    }

    @Override
    public String toString() {
        return text.toString();
    }
}
