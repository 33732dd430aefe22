package io.kubehv.csi.controller;

import io.kubehv.csi.error.CsiException;
import io.kubehv.csi.state.Contents;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** The parameters of a StorageClass and of a VolumeAttributesClass. There is one: {@code contents}. */
final class VolumeParameters {
    private static final String CONTENTS = "contents";

    /** What the provisioner adds with --extra-create-metadata. */
    private static final String METADATA_PREFIX = "csi.storage.k8s.io/";

    private VolumeParameters() {}

    /** The contents that the parameters ask for; the attributes, if they say anything, go before. */
    static Contents contents(Map<String, String> parameters, Map<String, String> attributes) {
        Optional<Contents> byClass = contents(parameters);
        return contents(attributes).or(() -> byClass).orElse(Contents.FILESYSTEM);
    }

    /** The contents that one set of parameters asks for, if it does; any other parameter is refused. */
    static Optional<Contents> contents(Map<String, String> parameters) {
        for (String key : parameters.keySet()) {
            if (!key.equals(CONTENTS) && !key.startsWith(METADATA_PREFIX)) {
                throw new CsiException.InvalidRequest(
                        "parameter \"" + key + "\" is not known: the only one is \"" + CONTENTS + "\"");
            }
        }
        String value = parameters.get(CONTENTS);
        if (value == null) {
            return Optional.empty();
        }
        return Optional.of(Contents.named(value)
                .orElseThrow(() -> new CsiException.InvalidRequest(
                        "contents can't be \"" + value + "\": it is one of filesystem and disk")));
    }

    /** What the provisioner told about the claim. */
    static SortedMap<String, String> claim(Map<String, String> parameters) {
        SortedMap<String, String> claim = new TreeMap<>();
        parameters.forEach((key, value) -> {
            if (key.startsWith(METADATA_PREFIX)) {
                claim.put(key.substring(METADATA_PREFIX.length()), value);
            }
        });
        return claim;
    }
}
