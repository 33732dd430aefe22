package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import com.fasterxml.jackson.databind.node.BooleanNode;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crdv2.generator.CRDGenerator;
import io.fabric8.crdv2.generator.CRDPostProcessor;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinitionVersion;
import io.fabric8.kubernetes.api.model.apiextensions.v1.JSONSchemaProps;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRule;
import io.fabric8.kubernetes.api.model.apiextensions.v1.ValidationRuleBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** Writes the custom resource definitions from the models: {@code make generate} calls it. */
public final class CustomResourceDefinitions {
    static final Path COMMITTED = Path.of("..", "config", "crd", "bases");
    static final Path REFERENCE = Path.of("..", "docs", "api.md");

    /** Lists whose items have a key, so that several writers can each own theirs. */
    private static final Map<String, String> KEYED_LISTS = Map.of(
            "conditions", "type",
            "disks", "name",
            "dvdDrives", "name",
            "networkAdapters", "name",
            "ports", "name",
            "nodes", "name",
            "comPorts", "number");

    /** Of an IPv6 address as text. */
    private static final long LONGEST_ADDRESS = 39;

    private static final long LONGEST_QUANTITY = 16;

    /** As the names of disks, drives and adapters are bounded. */
    private static final long LONGEST_DEVICE_NAME = 40;

    private static final long MOST_LABELS = 32;

    private static final long LONGEST_LABEL = 63;

    /** A DNS name, a slash and a name. */
    private static final long LONGEST_LABEL_KEY = 253 + 1 + LONGEST_LABEL;

    /** {@code DoesNotExist}. */
    private static final long LONGEST_OPERATOR = 12;

    private static final List<Class<? extends HasMetadata>> KINDS = List.of(
            VirtualMachine.class,
            VirtualHardDisk.class,
            VirtualSwitch.class,
            Checkpoint.class,
            CheckpointApply.class,
            CheckpointSchedule.class,
            Export.class,
            Import.class);

    private CustomResourceDefinitions() {}

    /** Writes the definitions and the API reference below the repository's root, the one argument. */
    public static void main(String[] arguments) throws IOException {
        Path module = Path.of(arguments[0], "crds");
        generate(module.resolve(COMMITTED));
        Files.writeString(module.resolve(REFERENCE), ApiReference.of(read(module.resolve(COMMITTED))));
    }

    /** The files of all kinds. */
    static List<String> files() {
        return KINDS.stream().map(CustomResourceDefinitions::file).toList();
    }

    /** As the generator names it. */
    static String file(Class<? extends HasMetadata> kind) {
        return HasMetadata.getFullResourceName(kind) + "-v1.yml";
    }

    static List<CustomResourceDefinition> committed() throws IOException {
        return read(COMMITTED);
    }

    private static List<CustomResourceDefinition> read(Path directory) throws IOException {
        List<CustomResourceDefinition> definitions = new ArrayList<>();
        for (String file : files()) {
            definitions.add(
                    Serialization.unmarshal(Files.readString(directory.resolve(file)), CustomResourceDefinition.class));
        }
        return definitions;
    }

    static void generate(Path directory) {
        try {
            Files.createDirectories(directory);
        } catch (IOException e) {
            throw new UncheckedIOException("can't make the directory " + directory, e);
        }
        new CRDGenerator()
                .customResourceClasses(KINDS)
                .forCRDVersions("v1")
                .withPostProcessor(new Finisher())
                .inOutputDir(directory.toFile())
                .generate();
    }

    /** What the generator has no annotation for, or does twice for a record's component and its accessor. */
    private static final class Finisher implements CRDPostProcessor {
        @Override
        public HasMetadata process(HasMetadata resource, String version) {
            CustomResourceDefinition definition = (CustomResourceDefinition) resource;
            Class<?> model = KINDS.stream()
                    .filter(kind -> kind.getSimpleName()
                            .equals(definition.getSpec().getNames().getKind()))
                    .findFirst()
                    .orElseThrow();
            for (CustomResourceDefinitionVersion served : definition.getSpec().getVersions()) {
                JSONSchemaProps schema = served.getSchema().getOpenAPIV3Schema();
                schema.setDescription(
                        model.getAnnotation(JsonClassDescription.class).value());
                schema.setRequired(List.of("spec"));
                schema.getProperties().get("spec").setDescription("What it should be. Only you write it.");
                schema.getProperties().get("status").setDescription("What it is. Only KubeHV writes it.");
                finish(schema);
                List<String> order = Arrays.stream(model.getAnnotationsByType(AdditionalPrinterColumn.class))
                        .map(AdditionalPrinterColumn::name)
                        .toList();
                served.getAdditionalPrinterColumns()
                        .sort(Comparator.comparingInt(column -> order.indexOf(column.getName())));
            }
            return definition;
        }

        private static void finish(JSONSchemaProps schema) {
            schema.setXKubernetesValidations(
                    schema.getXKubernetesValidations() == null
                            ? List.of()
                            : schema.getXKubernetesValidations().stream()
                                    .distinct()
                                    .toList());
            if (schema.getItems() != null) {
                finish(schema.getItems().getSchema());
            }
            if (schema.getProperties() != null) {
                schema.getProperties().forEach((name, property) -> {
                    keyList(name, property);
                    if (name.equals("bootOrder") && property.getItems() != null) {
                        // A rule that compares strings of any length would cost too much.
                        property.getItems().getSchema().setMaxLength(LONGEST_DEVICE_NAME);
                    }
                    if (name.equals("dns") && property.getItems() != null) {
                        property.getItems().getSchema().setMaxLength(LONGEST_ADDRESS);
                    }
                    if (name.equals("bandwidth")) {
                        // What a quantity of bits needs at most; longer ones would cost the rules too much.
                        property.getProperties().get("maximum").setMaxLength(LONGEST_QUANTITY);
                        property.getProperties().get("minimum").setMaxLength(LONGEST_QUANTITY);
                    }
                    if (name.equals("uplinkBandwidth")) {
                        property.setMaxLength(LONGEST_QUANTITY);
                    }
                    if (name.equals("nodeSelector")) {
                        boundLabels(property);
                    }
                    if (name.equals("allowedNamespaces") || name.equals("selector")) {
                        // Of namespaces, and of the VMs of a schedule.
                        ruleSelector(property);
                    }
                    if (name.equals("powerState")) {
                        letUnquotedOffIn(property);
                    } else if (name.equals("template")
                            && property.getProperties().containsKey("size")) {
                        // A rule in CEL would cost too much in a list.
                        property.getProperties().get("size").setPattern("^[0-9]+(\\.[0-9]+)?([KMGTPE]i|[kMGTPE])?$");
                    }
                    finish(property);
                });
            }
        }

        /** A rule about labels without end would cost too much. */
        private static void boundLabels(JSONSchemaProps labels) {
            labels.setMaxProperties(MOST_LABELS);
            labels.getAdditionalProperties().getSchema().setMaxLength(LONGEST_LABEL);
        }

        /** A selector is Kubernetes' own class, which says nothing of what it takes. */
        private static void ruleSelector(JSONSchemaProps selector) {
            JSONSchemaProps labels = selector.getProperties().get("matchLabels");
            boundLabels(labels);
            labels.setXKubernetesValidations(List.of(
                    rule(LabelRules.KEYS, LabelRules.KEY_MESSAGE, LabelRules.KEYS_MESSAGE_EXPRESSION),
                    rule(LabelRules.VALUES, LabelRules.VALUE_MESSAGE, LabelRules.VALUES_MESSAGE_EXPRESSION)));
            JSONSchemaProps expressions = selector.getProperties().get("matchExpressions");
            expressions.setMaxItems(MOST_LABELS);
            JSONSchemaProps expression = expressions.getItems().getSchema();
            expression.setRequired(List.of("key", "operator"));
            expression.setXKubernetesValidations(List.of(
                    rule(LabelRules.OPERATOR, LabelRules.OPERATOR_MESSAGE, LabelRules.OPERATOR_MESSAGE_EXPRESSION)));
            JSONSchemaProps key = expression.getProperties().get("key");
            key.setMaxLength(LONGEST_LABEL_KEY);
            key.setXKubernetesValidations(
                    List.of(rule(LabelRules.KEY, LabelRules.KEY_MESSAGE, LabelRules.KEY_MESSAGE_EXPRESSION)));
            expression.getProperties().get("operator").setMaxLength(LONGEST_OPERATOR);
            JSONSchemaProps values = expression.getProperties().get("values");
            values.setMaxItems(MOST_LABELS);
            values.getItems().getSchema().setMaxLength(LONGEST_LABEL);
            values.getItems()
                    .getSchema()
                    .setXKubernetesValidations(List.of(
                            rule(LabelRules.VALUE, LabelRules.VALUE_MESSAGE, LabelRules.VALUE_MESSAGE_EXPRESSION)));
        }

        private static ValidationRule rule(String rule, String message, String messageExpression) {
            return new ValidationRuleBuilder()
                    .withRule(rule)
                    .withMessage(message)
                    .withMessageExpression(messageExpression)
                    .build();
        }

        /** YAML 1.1, which kubectl reads, takes {@code Off} for the boolean false. */
        private static void letUnquotedOffIn(JSONSchemaProps property) {
            property.setType(null);
            property.setXKubernetesPreserveUnknownFields(true);
            property.setEnum(Stream.concat(property.getEnum().stream(), Stream.of(BooleanNode.FALSE))
                    .toList());
        }

        private static void keyList(String name, JSONSchemaProps property) {
            String key = KEYED_LISTS.get(name);
            if (key == null || property.getItems() == null) {
                return;
            }
            JSONSchemaProps item = property.getItems().getSchema();
            if (item.getProperties() != null && item.getProperties().containsKey(key)) {
                property.setXKubernetesListType("map");
                property.setXKubernetesListMapKeys(List.of(key));
                item.setRequired(Stream.concat(item.getRequired().stream(), Stream.of(key))
                        .distinct()
                        .toList());
            }
        }
    }
}
