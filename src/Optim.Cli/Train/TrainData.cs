using Optim.Cli.Training;
using Optim.Cli.Training.Sources;
using Optim.Networks;

namespace Optim.Cli.Train;

/// <summary>The prerequisites of training: the images, and the matrix backend.</summary>
internal static class TrainData
{
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

    /// <summary>Sets MathNet's matrix backend. Threads are used for pieces of a batch, never within a product.</summary>
    public static void UseBackend(Backend backend)
    {
        MathNet.Numerics.Control.UseSingleThread();
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
