package io.kubehv.operator.machineimport.dependent;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.kubehv.api.v1alpha1.Identity;
import io.kubehv.api.v1alpha1.Import;
import io.kubehv.api.v1alpha1.ImportMode;
import io.kubehv.api.v1alpha1.KubeHV;
import io.kubehv.api.v1alpha1.VirtualMachine;
import io.kubehv.api.v1alpha1.VirtualMachineSpec;
import io.kubehv.hv.definition.ExportManifest;
import io.kubehv.hv.definition.ExportManifest.PackedDisk;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The VM that an import makes: the exported one's spec, with the disks that were made, off. */
public final class ImportedMachine {
    /** As an API server with strict validation: ignoring a field would make another VM than was exported. */
    private static final JsonMapper STRICT = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    private ImportedMachine() {}

    public static String name(Import request, ExportManifest manifest) {
        return Optional.ofNullable(request.getSpec().virtualMachine()).orElse(manifest.name());
    }

    public static boolean registers(Import request) {
        return request.getSpec().mode() == ImportMode.REGISTER;
    }

    /** Whether this import made it. */
    public static boolean isOf(Import request, VirtualMachine machine) {
        Map<String, String> labels = machine.getMetadata().getLabels();
        return labels != null && request.getMetadata().getUid().equals(labels.get(KubeHV.IMPORT_UID_LABEL));
    }

    /**
     * The VM.
     *
     * @throws IllegalArgumentException for a spec that this version does not know, with the field's name
     */
    public static VirtualMachine desired(Import request, ExportManifest manifest) {
        String name = name(request, manifest);
        VirtualMachine machine = new VirtualMachine();
        machine.setMetadata(new ObjectMetaBuilder()
                .withName(name)
                .withNamespace(request.getMetadata().getNamespace())
                .withLabels(manifest.labels())
                .addToLabels(KubeHV.IMPORT_UID_LABEL, request.getMetadata().getUid())
                .build());
        if (registers(request) && manifest.uuid() != null) {
            machine.getMetadata()
                    .setAnnotations(Map.of(
                            KubeHV.IMPORTED_IDENTITY_ANNOTATION,
                            json(new Identity(manifest.uuid(), null, manifest.macAddresses()))));
        }
        machine.setSpec(spec(request, manifest, name));
        return machine;
    }

    private static VirtualMachineSpec spec(Import request, ExportManifest manifest, String machine) {
        if (!(manifest.spec() instanceof ObjectNode known)) {
            throw new IllegalArgumentException("field \"spec\" of the manifest is no object");
        }
        ObjectNode spec = known.deepCopy();
        // Off would give the memory up.
        spec.put("powerState", ImportedMemory.of(request, manifest).isPresent() ? "Saved" : "Off");
        if (spec.remove("fromCheckpoint") != null) {
            // Its disks were those of a checkpoint, and need not stand in its spec. Here they do.
            ArrayNode disks = spec.withArray("disks");
            manifest.disks().stream()
                    .filter(disk -> !names(disks, disk.name()))
                    .forEach(disk -> disks.addObject().put("name", disk.name()));
        }
        for (JsonNode disk : list(spec, "disks")) {
            String name = disk.path("name").asText();
            if (disk instanceof ObjectNode changed && packed(manifest.disks(), name)) {
                changed.remove(List.of("template", "persistentVolumeClaim"));
                changed.put("virtualHardDisk", ImportedDisk.name(machine, name));
            }
        }
        if (!registers(request)) {
            // A copy runs beside the exported VM: an address that is fixed would be in the network twice.
            for (JsonNode adapter : list(spec, "networkAdapters")) {
                if (adapter instanceof ObjectNode changed) {
                    changed.remove("macAddress");
                }
            }
        }
        for (PackedDisk disk : manifest.disks()) {
            if (!names(list(spec, "disks"), disk.name())) {
                throw new IllegalArgumentException(
                        "the manifest has a disk \"" + disk.name() + "\" that its spec does not have");
            }
        }
        try {
            return STRICT.treeToValue(spec, VirtualMachineSpec.class);
        } catch (JsonMappingException e) {
            throw new IllegalArgumentException(
                    "field \"spec" + path(e) + "\" of the manifest: " + firstLine(e.getOriginalMessage()), e);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("the manifest's spec: " + e.getOriginalMessage(), e);
        }
    }

    private static ArrayNode list(ObjectNode spec, String field) {
        return spec.path(field) instanceof ArrayNode list ? list : STRICT.createArrayNode();
    }

    private static boolean packed(List<PackedDisk> disks, String name) {
        return disks.stream().anyMatch(disk -> disk.name().equals(name));
    }

    private static boolean names(ArrayNode disks, String name) {
        for (JsonNode disk : disks) {
            if (name.equals(disk.path("name").asText())) {
                return true;
            }
        }
        return false;
    }

    private static String path(JsonMappingException e) {
        StringBuilder path = new StringBuilder();
        e.getPath()
                .forEach(part -> path.append(
                        part.getFieldName() == null ? "[" + part.getIndex() + "]" : "." + part.getFieldName()));
        return path.toString();
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("");
    }

    private static String json(Object value) {
        try {
            return STRICT.writeValueAsString(value);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an identity is text", e);
        }
    }
}
