using System.Runtime.CompilerServices;
using TorchSharp;

namespace Optim.TorchSharp;

/// <summary>One thread at a time writes parameters into a module and asks it for the loss.</summary>
internal static class ModuleTurn
{
    private static readonly ConditionalWeakTable<torch.nn.Module, Lock> Turns = [];

    public static Lock Of(torch.nn.Module module) => Turns.GetValue(module, static _ => new());
}
