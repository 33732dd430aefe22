package io.kubehv.csi.state;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Arrays;
import java.util.Optional;

/** What a volume's {@code disk.img} is to those who mount the volume. */
public enum Contents {
    /** A file system, which pods see mounted: the volume of an ordinary pod. */
    FILESYSTEM("filesystem"),

    /** A VM's disk, which pods see as the file {@code disk.img} and QEMU opens without a layer between. */
    DISK("disk");

    private final String parameter;

    Contents(String parameter) {
        this.parameter = parameter;
    }

    /** The contents that a StorageClass or VolumeAttributesClass calls so. */
    public static Optional<Contents> named(String parameter) {
        return Arrays.stream(values())
                .filter(contents -> contents.parameter.equals(parameter))
                .findFirst();
    }

    /** The value of the parameter {@code contents}. */
    @JsonValue
    public String parameter() {
        return parameter;
    }
}
