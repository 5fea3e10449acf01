"""A model and its PyTorch optimizer as one safetensors file that TorchCheckpoint reads, and back."""
import torch
from safetensors_numpy import load, save


def save_training(path, model, optimizer):
    tensors = {name: p.detach().numpy() for name, p in model.named_parameters()}
    for name, p in model.named_parameters():
        for key, value in optimizer.state[p].items():
            if value is not None:
                tensors[f"state.{name}.{key}"] = torch.as_tensor(value).numpy()
    save(path, tensors)


def load_training(path, model, optimizer):
    tensors = {key: torch.from_numpy(array.copy()) for key, array in load(path).items()}
    for name, p in model.named_parameters():
        p.data.copy_(tensors[name])
        prefix = f"state.{name}."
        optimizer.state[p] = {key[len(prefix):]: value for key, value in tensors.items() if key.startswith(prefix)}
