using System.Numerics;
using Optim.Execution;
using Optim.Lanes;
using Optim.Tensors;
using Optim.Threading;

namespace Optim;

/// <summary>
/// The gradient by central differences: <c>g_i = (f(x + h_i e_i) - f(x - h_i e_i)) / 2 h_i</c> with
/// <c>h_i = cbrt(eps) max(|x_i|, scale)</c>, eps the spacing of the element type at 1.
/// </summary>
/// <remarks>
/// This h balances the rounding error of f against the truncation error; about ten digits are correct in double, four in float.
/// Two evaluations per parameter, sequential unless more threads are requested; the result does not depend on their number.
/// </remarks>
public static class NumericalGradient
{
    /// <summary>The gradient of a loss at given parameters.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="loss">From parameters to the loss. Its argument is valid until it returns.</param>
    /// <param name="parameters">Where.</param>
    /// <param name="scale">The magnitude of a typical parameter; more than 0. Smaller parameters use the step of this magnitude.</param>
    /// <param name="maxThreads">The maximum number of threads calling it at once; 1 or more. Default 1: a function may use memory of its own.</param>
    /// <exception cref="ArgumentOutOfRangeException">The scale is not positive and finite, or there are fewer than 1 thread.</exception>
    public static TensorSet<T> Of<T>(Func<TensorSet<T>, double> loss, TensorSet<T> parameters, double scale = 1, int maxThreads = 1)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(parameters);
        CheckOptions(scale, maxThreads);
        var result = TensorSet.Uninitialized<T>(parameters.Layout);
        int threads = Math.Min(maxThreads, parameters.Length);
        Chunks.Run(new Coordinates<T>(loss, parameters, result, scale, threads), threads, threads);
        return result;
    }

    /// <summary>
    /// The gradient of a loss that is defined within bounds alone: <see cref="Of"/> where there is room on both sides, else the derivative of the parabola through the point and two more on the side
    /// where there is room, as far apart; 0 where the bounds leave no room.
    /// </summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="loss">From parameters to the loss, called within the bounds. Its argument is valid until it returns.</param>
    /// <param name="parameters">Where; within the bounds.</param>
    /// <param name="lower">The least that parameters may be: one number for all, or one for each element.</param>
    /// <param name="upper">The most.</param>
    /// <param name="scale">The magnitude of a typical parameter; more than 0.</param>
    /// <param name="maxThreads">The maximum number of threads calling it at once; 1 or more. Default 1.</param>
    /// <exception cref="ArgumentException">The bounds are neither one nor one for each element, or the parameters are outside.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The scale is not positive and finite, or there are fewer than 1 thread.</exception>
    public static TensorSet<T> Within<T>(
        Func<TensorSet<T>, double> loss, TensorSet<T> parameters, IReadOnlyList<double> lower, IReadOnlyList<double> upper, double scale = 1, int maxThreads = 1)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(loss);
        ArgumentNullException.ThrowIfNull(parameters);
        CheckOptions(scale, maxThreads);
        var (least, most) = (Box.Checked(lower, bound => Constraint.LowerBound.Check(bound, nameof(lower)), nameof(lower)), Box.Checked(upper, bound => Constraint.UpperBound.Check(bound, nameof(upper)), nameof(upper)));
        Box.RequireLength(least, parameters.Layout, nameof(lower));
        Box.RequireLength(most, parameters.Layout, nameof(upper));
        Box.RequireOrder(least, most);
        var box = new Box<T>(least, most, parameters.Length);
        if (!ReferenceEquals(box.Nearest(parameters), parameters))
        {
            throw new ArgumentException($"The parameters must be within the bounds, were {parameters}.", nameof(parameters));
        }

        var result = TensorSet.Uninitialized<T>(parameters.Layout);
        int threads = Math.Min(maxThreads, parameters.Length);
        Chunks.Run(new BoundedCoordinates<T>(loss, parameters, result, box, loss(parameters), scale, threads), threads, threads);
        return result;
    }

    internal static void CheckOptions(double scale, int maxThreads)
    {
        Constraint.Positive.Check(scale, nameof(scale));
        ArgumentOutOfRangeException.ThrowIfLessThan(maxThreads, 1);
    }

    /// <summary>The step in either direction.</summary>
    internal static double Step<T>(T parameter, double scale)
        where T : unmanaged, IFloatingPointIeee754<T> => Exact.CubeRoot(MachineEpsilon<T>.Value) * Math.Max(Math.Abs(double.CreateTruncating(parameter)), scale);

    /// <summary>Every n-th parameter, n the number of parts; each perturbed in a copy of the set.</summary>
    private readonly struct Coordinates<T>(Func<TensorSet<T>, double> loss, TensorSet<T> at, TensorSet<T> result, double scale, int parts) : IChunked
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        public void Run(int chunk)
        {
            var moved = at.Copy();
            for (int i = chunk; i < at.Length; i += parts)
            {
                T x = at.Span[i], step = T.CreateTruncating(Step(x, scale)), up = x + step, down = x - step;
                moved.Writable[i] = up;
                double above = loss(moved);
                moved.Writable[i] = down;
                double below = loss(moved);
                moved.Writable[i] = x;

                // The distance between the points as they were rounded, which is exact.
                result.Writable[i] = T.CreateTruncating((above - below) / (double.CreateTruncating(up) - double.CreateTruncating(down)));
            }
        }
    }

    /// <summary>The same within bounds.</summary>
    private readonly struct BoundedCoordinates<T>(Func<TensorSet<T>, double> loss, TensorSet<T> at, TensorSet<T> result, Box<T> box, double here, double scale, int parts) : IChunked
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        public void Run(int chunk)
        {
            var moved = at.Copy();
            for (int i = chunk; i < at.Length; i += parts)
            {
                double x = double.CreateTruncating(at.Span[i]), above = box.Upper(i) - x, below = x - box.Lower(i), step = Step(at.Span[i], scale);
                var (first, second) = Math.Min(above, below) >= step ? (step, -step)
                    : above >= below ? (Math.Min(step, above / 2), Math.Min(2 * step, above))
                    : (-Math.Min(step, below / 2), -Math.Min(2 * step, below));
                var (a, atA) = At(loss, moved, i, first);
                var (b, atB) = At(loss, moved, i, second);
                moved.Writable[i] = at.Span[i];
                result.Writable[i] = a == 0 || b == 0 || a == b ? T.Zero
                    : a == -b ? T.CreateTruncating((atA - atB) / (a - b))
                    : T.CreateTruncating((((atA - here) * b / a) - ((atB - here) * a / b)) / (b - a));
            }
        }

        /// <summary>How far away the point is, once rounded, and the loss there.</summary>
        private (double Offset, double Loss) At(Func<TensorSet<T>, double> function, TensorSet<T> moved, int i, double offset)
        {
            T value = box.Nearest(i, at.Span[i] + T.CreateTruncating(offset));
            moved.Writable[i] = value;
            return (double.CreateTruncating(value) - double.CreateTruncating(at.Span[i]), value == at.Span[i] ? here : function(moved));
        }
    }
}
