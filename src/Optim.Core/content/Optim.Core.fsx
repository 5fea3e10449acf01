// Run by F# Interactive on #r "nuget: Optim.Core": a set is shown as its tensors, not as a sequence.
fsi.AddPrinter(fun (set: Optim.TensorSet<float>) -> string set)
fsi.AddPrinter(fun (set: Optim.TensorSet<float32>) -> string set)
