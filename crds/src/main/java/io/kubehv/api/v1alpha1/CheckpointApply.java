package io.kubehv.api.v1alpha1;

import com.fasterxml.jackson.annotation.JsonClassDescription;
import io.fabric8.crd.generator.annotation.AdditionalPrinterColumn;
import io.fabric8.crd.generator.annotation.AdditionalSelectableField;
import io.fabric8.kubernetes.api.model.Namespaced;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.model.annotation.Group;
import io.fabric8.kubernetes.model.annotation.Kind;
import io.fabric8.kubernetes.model.annotation.Version;

/** The request, and then the record, that a VM goes back to a checkpoint. */
@JsonClassDescription(
        "Takes a VirtualMachine back to one of its Checkpoints, once. The object stays as the record of it; deleting it changes nothing.")
@Group(KubeHV.GROUP)
@Version(KubeHV.VERSION)
@Kind("CheckpointApply")
@AdditionalPrinterColumn(
        name = "Checkpoint",
        jsonPath = ".spec.checkpoint",
        getDescription = "What the VM goes back to")
@AdditionalPrinterColumn(name = "VM", jsonPath = ".status.virtualMachine", getDescription = "The VM that goes back")
@AdditionalPrinterColumn(name = "Phase", jsonPath = ".status.phase", getDescription = "How far it is")
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(name = "Reason", jsonPath = ".status.conditions[?(@.type==\"Ready\")].reason", priority = 1)
@AdditionalSelectableField(jsonPath = ".status.nodeName")
public class CheckpointApply extends CustomResource<CheckpointApplySpec, CheckpointApplyStatus> implements Namespaced {}
