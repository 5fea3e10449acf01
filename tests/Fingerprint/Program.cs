using System.Globalization;
using Optim.Fingerprint;

return args switch
{
    ["mkl", ..] => MklSmoke.Run(args.ElementAtOrDefault(1)),
    ["mkl-mode", .. var usedBefore] => MklSmoke.Mode(usedBefore.FirstOrDefault()),
    ["save", var path] => SavingLoop.Run(path),
    ["study", var file, var trials] => StudyLoop.Run(file, int.Parse(trials, CultureInfo.InvariantCulture)),
    _ => FingerprintRun.Run(args),
};
