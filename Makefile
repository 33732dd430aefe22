# The only entry point; every target does what is missing and nothing twice. Long steps show their progress and keep
# their whole output in $KUBEHV_CACHE/logs.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
# With -j too: a target's prerequisites stand in the order in which they need each other, and each uses all processors.
.NOTPARALLEL:

KUBEHV_CACHE ?= $(HOME)/.cache/kubehv
export KUBEHV_CACHE
# Where images are pulled from; empty: the test cluster's nodes hold them.
REGISTRY ?=
# The kubeconfig context; empty: the test cluster, which is made where it is missing. `make deploy` and `make undeploy` also
# take KUBECONFIG or REGISTRY for a sign that another cluster is meant: the current context's.
CONTEXT ?=
# Only these programs: make images MODULES="operator vmbus-daemon"
MODULES ?=
# One test class or method of the end-to-end tests: PowerE2E, PowerE2E#a_paused_vm_goes_on
TEST ?=
export REGISTRY

CLUSTER := e2e/cluster
COMMA := ,

OWN_CONTEXT := kind-$(or $(CLUSTER_NAME),kubehv)
CURRENT_CONTEXT = $(shell PATH="$(KUBEHV_CACHE)/bin:$$PATH" KUBECONFIG="$(KUBECONFIG)" kubectl config current-context 2> /dev/null)
# Whether a cluster is meant that is there already, and never to be made. A KUBECONFIG that happens to be set counts only for
# who asks to deploy: nobody wants `make test` in the cluster of the day.
EXISTING := $(if $(CONTEXT),$(filter-out $(OWN_CONTEXT),$(CONTEXT)),$(if $(filter deploy undeploy,$(MAKECMDGOALS)),$(or \
  $(REGISTRY),$(if $(KUBECONFIG),$(if $(filter $(OWN_CONTEXT),$(CURRENT_CONTEXT)),,yes)))))
# Its context, which is looked up when kubectl is sure to be there.
EXISTING_CONTEXT = $(or $(CONTEXT),$(CURRENT_CONTEXT),$(error no context found in $(or $(KUBECONFIG),~/.kube/config): set \
  KUBECONFIG and CONTEXT to those of the cluster, or neither and no REGISTRY for the test cluster))

# These make root file systems, mount, use KVM or the Docker engine; and who once ran one of them as root can't go on in its
# cache as somebody else.
ROOT_TARGETS := demo test verify smoke nested uninstall bench images guest-images tiny-disk test-programs engine cluster clean
ROOT_TARGETS += $(if $(EXISTING),,deploy e2e)
ifneq ($(filter $(ROOT_TARGETS),$(MAKECMDGOALS)),)
ifneq ($(shell id -u),0)
$(error run as root, for example: sudo -E make $(MAKECMDGOALS))
endif
endif

STEP := $(CLUSTER)/progress.sh
# Finds the JDK and Go that tools.sh installed or found, in every recipe that needs them.
TOOLS = tools=$$($(CLUSTER)/tools.sh env) && eval "$$tools"
MAVEN = $(TOOLS) && mvn -B -ntp -Dstyle.color=never

##@ Try it

.PHONY: demo
demo: guest-images deploy ## From nothing to a VM at its login prompt.
	@$(CLUSTER)/demo.sh

##@ Test it

.PHONY: test
test: verify smoke deploy nested e2e uninstall ## Unit, component and end-to-end tests, from nothing.

.PHONY: check
check: tools ## The fast gate: format, static analysis, unit tests, generated files.
	@$(MAVEN) test

.PHONY: verify
verify: tools test-programs tiny-disk ## Unit and component tests.
	@$(MAVEN) verify

.PHONY: e2e
e2e: ## End-to-end tests against the cluster as it is; TEST=PowerE2E runs one.
	@$(MAVEN) -pl e2e -am -Pe2e verify \
	  $(if $(CONTEXT),-De2e.context=$(CONTEXT)) $(if $(TEST),-Dtest=none -Dsurefire.failIfNoSpecifiedTests=false -Dit.test=$(TEST) -Dfailsafe.failIfNoSpecifiedTests=false)

.PHONY: uninstall
uninstall: FORCE := true
uninstall: undeploy ## Takes KubeHV out of the test cluster, and looks whether the nodes are as they were before.
	@$(STEP) "Nothing is left on the nodes" $(CLUSTER)/node-state.sh compare

.PHONY: bench
bench: guest-images test-programs deploy ## The benchmark tables.
	@$(MAVEN) -pl e2e,csi-checkpoint-driver -am -Pbench verify

##@ Build it

.PHONY: tools
tools: ## Install what is missing: Debian packages, a JDK, Go.
	@$(STEP) "Tools" $(CLUSTER)/tools.sh

# The test cluster brings its own.
.PHONY: kubectl
kubectl: tools
	@$(STEP) "kubectl" $(CLUSTER)/tools.sh kubectl

.PHONY: jars
jars: tools
	@$(STEP) "Jars" bash -c '$(MAVEN) package -DskipTests -Dspotless.check.skip $(if $(MODULES),-pl $(subst $(eval) ,$(COMMA),$(strip $(MODULES))) -am)'

.PHONY: images
images: jars ## Container images; with REGISTRY=… also push them there.
	@$(STEP) "Container images" $(CLUSTER)/images.sh build $(MODULES)
	@$(CLUSTER)/images.sh sizes
	@$(if $(REGISTRY),$(STEP) "Push to $(REGISTRY)" $(CLUSTER)/images.sh push "$(REGISTRY)")

.PHONY: guest-images
guest-images: tools engine ## The guests' disks, also packed as container images.
	@$(STEP) "Guest images" e2e/guests/build.sh

.PHONY: tiny-disk
tiny-disk: tools
	@$(STEP) "The tiny guest's disk" e2e/guests/build.sh tiny --disk-only

.PHONY: smoke
smoke: guest-images
	@$(STEP) "The tiny guest boots with BIOS" e2e/guests/smoke.sh tiny bios
	@$(STEP) "The tiny guest boots with UEFI" e2e/guests/smoke.sh tiny uefi

.PHONY: nested
nested: ## The accelerator probe under real KVM, in an emulated machine with AMD-V; needs images.
	@$(STEP) "The accelerator probe under KVM" e2e/guests/l1-probe.sh

.PHONY: test-programs
test-programs: tools
	@$(STEP) "Programs that tests start" $(CLUSTER)/test-programs.sh

.PHONY: generate
generate: tools ## The definitions in config/crd and docs/api.md from the crds module.
	@$(MAVEN) -q -pl crds test-compile exec:java

##@ Run it

.PHONY: engine
engine: tools
	@$(STEP) "Docker engine" $(CLUSTER)/engine.sh

.PHONY: cluster
cluster: engine ## The test cluster: one control plane, two workers, context kind-kubehv.
	@$(STEP) "Kubernetes node image" $(CLUSTER)/node-image.sh
	@$(STEP) "Kubernetes cluster" $(CLUSTER)/cluster.sh up

.PHONY: deploy
ifeq ($(EXISTING),)
deploy: cluster images ## Install KubeHV: into the test cluster, or with CONTEXT=… REGISTRY=… into one that is there.
	@$(STEP) "Images into the nodes" $(CLUSTER)/images.sh load
	@$(STEP) "The nodes before KubeHV" $(CLUSTER)/node-state.sh record
	@$(STEP) "KubeHV" $(CLUSTER)/deploy.sh up
else
deploy: kubectl
	@$(STEP) "KubeHV in $(EXISTING_CONTEXT)" env CONTEXT="$(EXISTING_CONTEXT)" $(CLUSTER)/deploy.sh up
endif

.PHONY: undeploy
undeploy: $(if $(EXISTING),kubectl) ## Take KubeHV out of the cluster again; FORCE=true with all VMs and disks.
	@CONTEXT="$(if $(EXISTING),$(EXISTING_CONTEXT))" FORCE="$(FORCE)" $(CLUSTER)/deploy.sh down

.PHONY: clean
clean: ## Delete the test cluster and what was built here; downloads and compiled programs stay in the cache.
	@$(CLUSTER)/cluster.sh down
	@rm -rf target */target

##@ Help

.PHONY: help
help: ## This text.
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
