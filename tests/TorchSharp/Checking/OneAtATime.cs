using Xunit;

// torch.manual_seed, from which every model begins, is one for the process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
