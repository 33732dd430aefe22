package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crd.generator.annotation.AdditionalSelectableField;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.ShortNames;
import io.fabric8.kubernetes.model.annotation.Version;

/** A point in a VM's time that it can go back to. A VM's checkpoints are a tree, as each names its parent. */
@JsonClassDescription("A point in a VirtualMachine's time that it can go back to, by a CheckpointApply.")
@Group(KubeHV.GROUP)
@Version(KubeHV.VERSION)
@Kind("Checkpoint")
@ShortNames("ckpt")
@AdditionalPrinterColumn(name = "VM", jsonPath = ".spec.virtualMachine", getDescription = "What it is of")
@AdditionalPrinterColumn(name = "Type", jsonPath = ".status.type", getDescription = "What it was really taken as")
@AdditionalPrinterColumn(name = "Phase", jsonPath = ".status.phase", getDescription = "How far it is")
@AdditionalPrinterColumn(name = "Parent", jsonPath = ".status.parent", getDescription = "Where in the tree it is")
@AdditionalPrinterColumn(
        name = "Current",
        jsonPath = ".status.current",
        getDescription = "True where the VM goes on from it")
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(name = "Blackout", jsonPath = ".status.capture.blackout", priority = 1)
@AdditionalPrinterColumn(name = "Frozen", jsonPath = ".status.capture.frozenTime", priority = 1)
@AdditionalPrinterColumn(name = "Reason", jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason", priority = 1)
@AdditionalSelectableField(jsonPath = ".status.nodeName")
public class Checkpoint extends CustomResource<CheckpointSpec, CheckpointStatus> implements Namespaced {}
