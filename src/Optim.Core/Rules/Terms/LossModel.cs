namespace Optim;

/// <summary>MoMo's model of the loss at one step: means of losses, gradients and their products with the parameters, and the rate that it allows.</summary>
/// <param name="context">The work's context, whose scalars it keeps.</param>
/// <param name="rho">What the sum of the means' weights is.</param>
/// <param name="shrink">c, 1 and the decay.</param>
/// <param name="least">The lower bound before the first step.</param>
/// <param name="estimates">Whether the lower bound is learnt.</param>
internal sealed class LossModel<T>(TensorStepContext<T> context, double rho, double shrink, double least, bool estimates)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The mean of losses, minus that of the products.</summary>
    private double gap;

    /// <summary>Takes in a loss and its gradient, which must be the update here.</summary>
    public void Take(double loss, double beta)
    {
        double losses = (beta * context.Scalar("loss_avg")) + ((1 - beta) * loss);
        double products = (beta * context.Scalar("grad_dot_w")) + ((1 - beta) * context.Sum(default(AlongParameter)));
        context.SetScalar("loss_avg", losses);
        context.SetScalar("grad_dot_w", products);
        gap = losses - products;
    }

    /// <summary>How far to go along the mean of gradients.</summary>
    /// <param name="product">Its product with the parameters.</param>
    /// <param name="square">The square of its norm, or of the weighted one.</param>
    /// <param name="rate">The largest rate.</param>
    public double Step(double product, double square, double rate)
    {
        double bound = context.Scalar("lower_bound"), top = (shrink * gap) + product;
        if (estimates && top < shrink * rho * bound)
        {
            bound = Math.Max(top / (2 * shrink * rho), least);
        }

        // Without a mean there is nowhere to go.
        double step = square == 0 ? 0 : Math.Min(rate / rho, Math.Max((shrink * (gap - (rho * bound))) + product, 0) / square);
        if (estimates)
        {
            bound = Math.Max((gap + product - (step * square / 2)) / rho, least);
            context.SetScalar("lower_bound", bound);
        }

        return step;
    }
}

/// <summary>What the rules with such a model share.</summary>
internal static class LossModel
{
    /// <summary>The scalars that it keeps.</summary>
    public static IReadOnlyList<ScalarDeclaration> Scalars(double lowerBound) => [new("loss_avg"), new("grad_dot_w"), new("lower_bound", lowerBound)];

    /// <summary>The model with this step's loss and gradient.</summary>
    public static LossModel<T> Of<T>(TensorStepContext<T> context, double loss, double beta, double rho, double shrink, double least, bool estimates)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var model = new LossModel<T>(context, rho, shrink, least, estimates);
        model.Take(loss, beta);
        return model;
    }
}

/// <summary><c>u p</c>.</summary>
internal readonly struct AlongParameter : ISummand
{
    [MethodImpl(AggressiveInlining)]
    public L Term<L, S>(L update, L parameter, S slots)
        where L : struct, ILane<L, double>
        where S : struct, ISlots<L> => update * parameter;
}
