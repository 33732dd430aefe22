package io.kubehv.api.v1alpha1;

import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Writes {@code docs/api.md} from the custom resource definitions. */
final class ApiReference {
    /** Kubernetes' own types: described by Kubernetes. */
    private static final Set<String> FOREIGN =
            Set.of("affinity", "tolerations", "topologySpreadConstraints", "nodeSelector", "conditions");

    /** Which program writes a field of a VM's status; one at a time. */
    private static final Map<String, String> OWNERS = Map.ofEntries(
            Map.entry("state", "vmbus-daemon while it holds the VM's QEMU, else operator"),
            Map.entry("observedGeneration", "operator"),
            Map.entry("podName", "operator"),
            Map.entry("identity", "operator"),
            Map.entry("origin", "operator"),
            Map.entry("addresses", "operator"),
            Map.entry("nodeName", "vmbus-daemon"),
            Map.entry("accelerator", "vmbus-daemon"),
            Map.entry("guest", "vmbus-daemon"),
            Map.entry("memory", "vmbus-daemon"),
            Map.entry("resetAt", "vmbus-daemon"),
            Map.entry("networkAdapters", "vmbus-daemon"),
            Map.entry("disks", "vmbus-daemon"),
            Map.entry("automaticStart", "operator"),
            Map.entry(
                    "conditions",
                    "each type has its one writer: GuestAgentConnected, BootFailed, CriticalError and InsufficientThroughput vmbus-daemon, the others operator"));

    private final StringBuilder page = new StringBuilder();

    static String of(List<CustomResourceDefinition> definitions) {
        ApiReference reference = new ApiReference();
        reference.page.append("""
                # API reference

                Generated from the custom resource definitions by `make generate`; `kubectl explain` says the same.
                All kinds are of `%s/%s`. No controller ever writes to a spec.
                """.formatted(KubeHV.GROUP, KubeHV.VERSION));
        definitions.forEach(reference::kind);
        return reference.page.toString();
    }

    private void kind(CustomResourceDefinition definition) {
        String kind = definition.getSpec().getNames().getKind();
        JSONSchemaProps schema =
                definition.getSpec().getVersions().getFirst().getSchema().getOpenAPIV3Schema();
        page.append("\n## ")
                .append(kind)
                .append(" (`")
                .append(String.join("`, `", definition.getSpec().getNames().getShortNames()))
                .append("`)\n\n")
                .append(schema.getDescription())
                .append('\n');
        JSONSchemaProps spec = schema.getProperties().get("spec");
        JSONSchemaProps status = schema.getProperties().get("status");
        page.append("\n### spec\n\n| field | type | default | meaning |\n|---|---|---|---|\n");
        fields("", spec, false);
        rules(spec);
        boolean owned = kind.equals("VirtualMachine");
        page.append(
                owned
                        ? "\n### status\n\n| field | type | written by | meaning |\n|---|---|---|---|\n"
                        : "\n### status\n\n| field | type | | meaning |\n|---|---|---|---|\n");
        fields("", status, owned);
    }

    private void fields(String prefix, JSONSchemaProps schema, boolean owned) {
        schema.getProperties().forEach((name, property) -> {
            boolean required =
                    schema.getRequired() != null && schema.getRequired().contains(name);
            String third = owned
                    ? OWNERS.getOrDefault((prefix + name).replaceAll("[.\\[].*", ""), "")
                    : property.getDefault() == null ? "" : "`" + property.getDefault() + "`";
            page.append("| `%s%s` | %s%s | %s | %s |%n"
                    .formatted(
                            prefix,
                            name,
                            type(property),
                            required ? ", required" : "",
                            third,
                            cell(property.getDescription())));
            if (FOREIGN.contains(name)) {
                return;
            }
            if (property.getProperties() != null && !property.getProperties().isEmpty()) {
                fields(prefix + name + ".", property, owned);
            } else if (property.getItems() != null
                    && property.getItems().getSchema().getProperties() != null) {
                fields(prefix + name + "[].", property.getItems().getSchema(), owned);
            }
        });
    }

    private void rules(JSONSchemaProps spec) {
        page.append("\nRefused with these words:\n\n");
        rules("spec", spec);
    }

    private void rules(String path, JSONSchemaProps schema) {
        for (ValidationRule rule : schema.getXKubernetesValidations()) {
            page.append("- `")
                    .append(path)
                    .append("`: ")
                    .append(rule.getMessage())
                    .append('\n');
        }
        if (schema.getProperties() != null) {
            schema.getProperties().forEach((name, property) -> rules(path + "." + name, property));
        }
        if (schema.getItems() != null) {
            rules(path + "[]", schema.getItems().getSchema());
        }
    }

    private static String type(JSONSchemaProps property) {
        if (property.getEnum() != null && !property.getEnum().isEmpty()) {
            return String.join(
                    " \\| ",
                    property.getEnum().stream().map(value -> value.asText()).toList());
        }
        if (Boolean.TRUE.equals(property.getXKubernetesIntOrString())) {
            return "quantity";
        }
        return property.getItems() != null
                ? "list of " + property.getItems().getSchema().getType()
                : property.getType();
    }

    private static String cell(String text) {
        return text == null ? "" : text.replace("|", "\\|");
    }
}
