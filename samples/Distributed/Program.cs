// One training of a convolutional network on 1,797 handwritten digits: the same bits on any number of ranks, divided or whole.
//   dotnet run --project samples/Distributed                     threads: 1 rank, then 3, whole and divided; compares
//   mpiexec -n 4 samples/Distributed/bin/Debug/net10.0/Distributed --divided --rule muon --checkpoints run
using System.Globalization;
using Optim.Distributed;
using Samples;

var options = Job.Parse(args);
if (MpiCommunicator.IsLaunched)
{
    return MpiCommunicator.Run(ranks => Report(ranks, options));
}

if (options.Checkpoints is not null)
{
    using var alone = LocalCommunicator.Alone();
    return Report(alone, options);
}

string one = Job.Run(LocalCommunicator.Alone(), options with { Divided = false }).Hash;
string[] three = [.. LocalCommunicator.Run(3, ranks => Job.Run(ranks, options with { Divided = false }).Hash), .. LocalCommunicator.Run(3, ranks => Job.Run(ranks, options with { Divided = true }).Hash)];
Console.WriteLine($"1 rank:                  {one}");
Console.WriteLine($"3 ranks, whole states:   {three[0]}");
Console.WriteLine($"3 ranks, divided states: {three[3]}");
return Array.TrueForAll(three, hash => hash == one) ? 0 : 1;

static int Report(ICommunicator ranks, JobOptions options)
{
    Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"rank {ranks.Rank} of {ranks.Size}: process {Environment.ProcessId}"));
    var outcome = Job.Run(ranks, options);
    Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"rank {ranks.Rank} of {ranks.Size}: {outcome.Steps} steps, loss {outcome.Loss:F4}, {outcome.BytesPerStep:N0} bytes sent a step, {outcome.StateBytes:N0} bytes of state, {outcome.Hash}"));
    return 0;
}
