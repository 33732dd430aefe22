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

/**
 * A virtual machine: a child partition, in Hyper-V's words. Its node is a selectable field, so that a node's daemon
 * watches its own VMs only ({@code kubectl get vm -A --field-selector status.nodeName=worker-1} works as well).
 */
@JsonClassDescription(
        "A virtual machine. The spec is what it should be and is never written by KubeHV; the status is what it is.")
@Group(KubeHV.GROUP)
@Version(KubeHV.VERSION)
@Kind("VirtualMachine")
@ShortNames("vm")
@AdditionalPrinterColumn(name = "State", jsonPath = ".status.state", getDescription = "What the VM does now")
@AdditionalPrinterColumn(
        name = "Ready",
        jsonPath = ".status.conditions[?(@.type==\"Ready\")].status",
        getDescription = "True when the VM is what its spec asks for")
@AdditionalPrinterColumn(name = "Node", jsonPath = ".status.nodeName", getDescription = "Where it runs")
@AdditionalPrinterColumn(
        name = "Address",
        jsonPath = ".status.addresses[0]",
        getDescription = "Where its declared ports are reached")
@AdditionalPrinterColumn(
        name = "Memory",
        jsonPath = ".spec.memory.startup",
        getDescription = "The memory that the guest starts with")
@AdditionalPrinterColumn(
        name = "Age",
        jsonPath = ".metadata.creationTimestamp",
        type = AdditionalPrinterColumn.Type.DATE)
@AdditionalPrinterColumn(name = "Accelerator", jsonPath = ".status.accelerator", priority = 1)
@AdditionalPrinterColumn(
        name = "Generation",
        jsonPath = ".spec.generation",
        type = AdditionalPrinterColumn.Type.INTEGER,
        priority = 1)
@AdditionalPrinterColumn(name = "Guest-OS", jsonPath = ".status.guest.operatingSystem", priority = 1)
@AdditionalSelectableField(jsonPath = ".status.nodeName")
public class VirtualMachine extends CustomResource<VirtualMachineSpec, VirtualMachineStatus> implements Namespaced {}
