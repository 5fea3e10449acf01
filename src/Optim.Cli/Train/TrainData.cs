using Optim.Cli.Training;
using Optim.Networks;

namespace Optim.Cli.Train;

/// <summary>The prerequisites of training: the images, and the matrix backend.</summary>
internal static class TrainData
{
    /// <summary>The images.</summary>
    /// <exception cref="IOException">They cannot be read, or are invalid.</exception>
    public static Dataset Load(TrainSettings settings) => settings.HasImages
        ? Idx.Load(new(settings.Data))
        : Digits.Load(settings.Seed);

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
