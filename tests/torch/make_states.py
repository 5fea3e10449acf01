"""Makes the files beside it with Debian's python3-torch: states after 7 steps, the gradients of 10 more, and where they lead.

    /usr/bin/python3 make_states.py              # writes NAME.safetensors and NAME.after.safetensors
    /usr/bin/python3 make_states.py check FOLDER # steps on from states that Optim wrote (FOLDER/NAME.safetensors) and compares
"""
import os, sys
import torch
from safetensors_numpy import load, save
from torch_checkpoint import load_training, save_training

OPTIMIZERS = {
    "adam": lambda p: torch.optim.Adam(p, lr=0.05, betas=(0.8, 0.95), weight_decay=0.01),
    "adamw_amsgrad": lambda p: torch.optim.AdamW(p, lr=0.05, weight_decay=0.1, amsgrad=True),
    "sgd": lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9, dampening=0, nesterov=True, weight_decay=0.01),
    "rmsprop": lambda p: torch.optim.RMSprop(p, lr=0.01, alpha=0.9, momentum=0.5, centered=False),
    "nadam": lambda p: torch.optim.NAdam(p, lr=0.02),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=0.1),
}
HERE = os.path.dirname(os.path.abspath(__file__))


def model():
    torch.manual_seed(1)
    return torch.nn.Linear(4, 3).double()


def step(m, optimizer, gradient):
    for name, p in m.named_parameters():
        p.grad = torch.as_tensor(gradient[name]).clone()
    optimizer.step()


def gradients(m, count, seed):
    generator = torch.Generator().manual_seed(seed)
    return [{name: torch.randn(p.shape, generator=generator, dtype=torch.float64) for name, p in m.named_parameters()} for _ in range(count)]


def make():
    for name, create in OPTIMIZERS.items():
        m = model()
        optimizer = create(m.parameters())
        for gradient in gradients(m, 7, 2):
            step(m, optimizer, gradient)
        save_training(f"{HERE}/{name}.safetensors", m, optimizer)
        after = {}
        for t, gradient in enumerate(gradients(m, 10, 3)):
            step(m, optimizer, gradient)
            after.update({f"gradient/{t}/{key}": g.numpy() for key, g in gradient.items()})
            after.update({f"parameters/{t}/{key}": p.detach().numpy().copy() for key, p in m.named_parameters()})
        save(f"{HERE}/{name}.after.safetensors", after)


def check(folder):
    for name, create in OPTIMIZERS.items():
        m = model()
        optimizer = create(m.parameters())
        load_training(f"{folder}/{name}.safetensors", m, optimizer)
        after, worst = load(f"{HERE}/{name}.after.safetensors"), 0.0
        for t, gradient in enumerate(gradients(m, 10, 3)):
            step(m, optimizer, gradient)
            for key, p in m.named_parameters():
                worst = max(worst, float((p.detach() - torch.from_numpy(after[f"parameters/{t}/{key}"].copy())).abs().max()))
        print(f"{name}: worst {worst:.3g} after 10 steps in PyTorch from the state that Optim wrote")


check(sys.argv[2]) if sys.argv[1:2] == ["check"] else make()
