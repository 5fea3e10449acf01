using Optim.Cli.Training;
using Optim.Cli.Training.Sources;
using Optim.Networks;

namespace Optim.Cli.Train;

/// <summary>The prerequisites of training: the images, and the matrix backend.</summary>
internal static class TrainData
{
    /// <summary>The switch of <see cref="UseBackend"/>.</summary>
    public const string KeepProvider = "Optim.Cli.KeepProvider";

    /// <summary>The data.</summary>
    /// <exception cref="FormatException">An option does not fit them, or the model does not.</exception>
    /// <exception cref="IOException">They cannot be read, or are invalid.</exception>
    public static Dataset Load(TrainSettings settings)
    {
        if (!settings.HasOwnData)
        {
            return settings.Source == new DataOptions() ? Digits.Load(settings.Seed) : throw new FormatException("--target, --task, --hold-out and --image-size are for one's own data: --data names them.");
        }

        var data = DataSource.Load(settings.Data, settings.Source, settings.Seed);
        Models.RequireFit(settings.Model, data);
        return data;
    }

    /// <summary>
    /// Sets MathNet's matrix backend, which is the whole process's. Threads are used for pieces of a batch, never within a product. Where commands are run within another program's process (as by the tests), several at once,
    /// that program says by the switch <see cref="KeepProvider"/> that MathNet's provider is its own choice.
    /// </summary>
    public static void UseBackend(Backend backend)
    {
        MathNet.Numerics.Control.UseSingleThread();
        if (AppContext.TryGetSwitch(KeepProvider, out bool keep) && keep)
        {
            return;
        }

        if (backend == Backend.Simd)
        {
            Acceleration.UseManaged();
        }
        else
        {
            Acceleration.TryUseMkl();
        }
    }
}
