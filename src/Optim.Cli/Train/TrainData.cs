using Optim.Cli.Training;
using Optim.Networks;

namespace Optim.Cli.Train;

/// <summary>What a training needs before it can begin: the images, and who multiplies matrices.</summary>
internal static class TrainData
{
    /// <summary>The images.</summary>
    /// <exception cref="IOException">They cannot be read, or are not sound.</exception>
    public static Dataset Load(TrainSettings settings) => settings.HasImages
        ? Idx.Load(new(settings.Data))
        : Digits.Load(settings.Seed);

    /// <summary>Has MathNet multiply matrices as a backend says. Threads go to pieces of a batch, never into a product.</summary>
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
