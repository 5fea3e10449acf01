namespace Optim.Properties.Checking;

/// <summary>What a hyperparameter may be.</summary>
internal enum Domain
{
    /// <summary>[0, 1).</summary>
    Unit,

    /// <summary>[0, 1].</summary>
    Fraction,

    /// <summary>(0, 1].</summary>
    PositiveFraction,

    /// <summary>0 or more.</summary>
    NotNegative,

    /// <summary>More than 0.</summary>
    Positive,

    /// <summary>1 or more.</summary>
    AtLeastOne,

    /// <summary>1 or more, infinity included.</summary>
    Growth,

    /// <summary>Any finite number.</summary>
    Finite,

    /// <summary>Any finite number, or minus infinity.</summary>
    LowerBound,

    /// <summary>Any finite number, or infinity.</summary>
    UpperBound,

    /// <summary>A norm's order: a whole number from 1 to 64, or infinity.</summary>
    Order,

    /// <summary>A whole number of 1 or more.</summary>
    Count,

    /// <summary>A whole number of 0 or more.</summary>
    CountFromZero,

    /// <summary>A rule, a list, a choice: nothing to probe with numbers.</summary>
    Other,
}

/// <summary>
/// The range of every hyperparameter, by name; one concept has one name and one range. Written down by hand: what the code itself accepts
/// cannot show that it accepts too much.
/// </summary>
internal static class Ranges
{
    // One to a line; a rule whose hyperparameter of a common name has another range says so as "rule.Name".
    private static readonly Dictionary<string, Domain> ByName = new()
    {
        ["Alpha"] = Domain.Unit,
        ["Beta"] = Domain.Unit,
        ["Beta1"] = Domain.Unit,
        ["Beta2"] = Domain.Unit,
        ["Momentum"] = Domain.Unit,
        ["Dampening"] = Domain.Unit,
        ["Steps"] = Domain.Count,
        ["MaxSkips"] = Domain.CountFromZero,
        ["MaxNorm"] = Domain.Positive,
        ["ClipValue"] = Domain.Positive,
        ["Factor"] = Domain.Finite,
        ["NormType"] = Domain.Order,
        ["LearningRate"] = Domain.NotNegative,
        ["LearningRateDecay"] = Domain.NotNegative,
        ["WeightDecay"] = Domain.NotNegative,
        ["Epsilon"] = Domain.NotNegative,
        ["Beta2Decay"] = Domain.NotNegative,
        ["ScaleEpsilon"] = Domain.NotNegative,
        ["ClipThreshold"] = Domain.Positive,
        ["LeastFactoredDimension"] = Domain.Count,
        ["NewtonSchulzSteps"] = Domain.Count,
        ["UpdateFrequency"] = Domain.Count,
        ["PreconditionFrequency"] = Domain.Count,
        ["ShampooBeta"] = Domain.Unit,
        ["MaxPreconditionerDimension"] = Domain.Count,
        ["InitialAccumulator"] = Domain.NotNegative,
        ["TrustCoefficient"] = Domain.NotNegative,
        ["MaxGradientNorm"] = Domain.NotNegative,
        ["MaxParameterNorm"] = Domain.NotNegative,
        ["ClipFactor"] = Domain.Positive,
        ["Beta3"] = Domain.Unit,
        ["dadapt_adam.Epsilon"] = Domain.Positive,
        ["InitialDistance"] = Domain.Positive,
        ["DistanceCoefficient"] = Domain.Positive,
        ["GrowthRate"] = Domain.Growth,
        ["RelativeTolerance"] = Domain.NotNegative,
        ["AbsoluteTolerance"] = Domain.NotNegative,
        ["Betas"] = Domain.Other,
        ["ademamix.Alpha"] = Domain.NotNegative,
        ["AlphaWarmupSteps"] = Domain.CountFromZero,
        ["Beta3WarmupSteps"] = Domain.CountFromZero,
        ["ClipExponent"] = Domain.NotNegative,
        ["adadelta.Rho"] = Domain.Unit,
        ["MomentumDecay"] = Domain.NotNegative,
        ["InitialStepSize"] = Domain.NotNegative,
        ["EtaMinus"] = Domain.Unit,
        ["EtaPlus"] = Domain.AtLeastOne,
        ["MinStepSize"] = Domain.NotNegative,
        ["MaxStepSize"] = Domain.Positive,
        ["Lambda"] = Domain.NotNegative,
        ["Power"] = Domain.NotNegative,
        ["AveragingStart"] = Domain.NotNegative,
        ["SyncPeriod"] = Domain.Count,
        ["HistorySize"] = Domain.Count,
        ["MaxIterations"] = Domain.Count,
        ["MaxEvaluations"] = Domain.CountFromZero,
        ["GradientTolerance"] = Domain.NotNegative,
        ["ChangeTolerance"] = Domain.NotNegative,
        ["CurvatureTolerance"] = Domain.NotNegative,
        ["Rho"] = Domain.NotNegative,
        ["Radius"] = Domain.NotNegative,
        ["Candidates"] = Domain.Count,
        ["Seed"] = Domain.CountFromZero,
        ["SlowStepSize"] = Domain.Fraction,
        ["WeightStepPower"] = Domain.NotNegative,
        ["WeightLearningRatePower"] = Domain.NotNegative,
        ["schedulefree_sgd.Momentum"] = Domain.PositiveFraction,
        ["schedulefree_adamw.Beta1"] = Domain.PositiveFraction,
        ["Nu"] = Domain.Fraction,
        ["Nu1"] = Domain.Fraction,
        ["Nu2"] = Domain.Fraction,
        ["BaseLearningRate"] = Domain.NotNegative,
        ["FinalLearningRate"] = Domain.NotNegative,
        ["Gamma"] = Domain.Positive,
        ["Decay"] = Domain.Fraction,
        ["StartStep"] = Domain.Count,
        ["AveragingPeriod"] = Domain.Count,
        ["InitialScale"] = Domain.Positive,
        ["Growth"] = Domain.AtLeastOne,
        ["owlqn.L1"] = Domain.Other,
        ["GrowthFactor"] = Domain.AtLeastOne,
        ["BackoffFactor"] = Domain.PositiveFraction,
        ["GrowthInterval"] = Domain.Count,
        ["LossFactor"] = Domain.Growth,
        ["LossFloor"] = Domain.NotNegative,
        ["RateShrink"] = Domain.PositiveFraction,
        ["MaxRollbacks"] = Domain.CountFromZero,
        ["SnapshotPeriod"] = Domain.Count,
        ["sophia.Rho"] = Domain.NotNegative,
        ["Eta"] = Domain.NotNegative,
        ["add_noise.Gamma"] = Domain.NotNegative,
        ["Lower"] = Domain.LowerBound,
        ["Upper"] = Domain.UpperBound,
        ["project_onto_simplex.Radius"] = Domain.Positive,
        ["L1"] = Domain.NotNegative,
        ["L2"] = Domain.NotNegative,
        ["L2Shrinkage"] = Domain.NotNegative,
        ["ftrl.Beta"] = Domain.NotNegative,
        ["cocob.Alpha"] = Domain.Positive,
        ["cocob.Epsilon"] = Domain.Positive,
        ["PartialPower"] = Domain.Fraction,
        ["RootEpsilon"] = Domain.NotNegative,
        ["optimistic_gradient_descent.Alpha"] = Domain.NotNegative,
        ["optimistic_adam.Alpha"] = Domain.NotNegative,
        ["Optimism"] = Domain.NotNegative,
        ["simplified_ademamix.Alpha"] = Domain.NotNegative,
        ["MinBeta1"] = Domain.Unit,
        ["Beta1WarmupSteps"] = Domain.CountFromZero,
        ["RelativeDistance"] = Domain.Positive,
        ["FirstRate"] = Domain.NotNegative,
        ["InitialSquaredDistance"] = Domain.NotNegative,
        ["dowg.Epsilon"] = Domain.Positive,
        ["LeastLoss"] = Domain.Finite,
        ["LowerBound"] = Domain.Finite,
        ["momo_adam.Epsilon"] = Domain.Positive,
        ["ParameterBound"] = Domain.NotNegative,
        ["Beta0"] = Domain.NotNegative,
        ["adai.Epsilon"] = Domain.PositiveFraction,
        ["HessianPower"] = Domain.Fraction,
        ["Delta"] = Domain.NotNegative,
        ["ProjectedDecayRatio"] = Domain.Fraction,
        ["SafetyFactor"] = Domain.Positive,
        ["RootMeanSquare"] = Domain.Positive,
        ["Coefficients"] = Domain.Other,
        ["Correction"] = Domain.NotNegative,
        ["came.Epsilon"] = Domain.Positive,
        ["ResidualEpsilon"] = Domain.Positive,
        ["schedulefree_radam.Beta1"] = Domain.PositiveFraction,
        ["ScaledDecay"] = Domain.NotNegative,
        ["mechanic.InitialScale"] = Domain.NotNegative,
        ["mechanic.Epsilon"] = Domain.Positive,
        ["trac.Epsilon"] = Domain.Positive,
        ["project_onto_l1_ball.Radius"] = Domain.Positive,
        ["Normal"] = Domain.Other,
        ["Amplification"] = Domain.NotNegative,
        ["WindowSize"] = Domain.Count,
        ["When"] = Domain.Finite,
        ["Period"] = Domain.AtLeastOne,
        ["MaxSquaredNorm"] = Domain.Positive,
        ["LeastFraction"] = Domain.PositiveFraction,
        ["StepOffset"] = Domain.CountFromZero,
        ["schedule_free.Beta1"] = Domain.PositiveFraction,
        ["MinNorm"] = Domain.NotNegative,
        ["Rank"] = Domain.Count,
        ["ProjectionPeriod"] = Domain.Count,
        ["ProjectedScale"] = Domain.NotNegative,
        ["Offset"] = Domain.Finite,
        ["Direction"] = Domain.Other,
    };

    public static Domain Of(string rule, string name) => ByName.TryGetValue($"{rule}.{name}", out var own) ? own : ByName[name];

    public static bool Holds(Domain range, double x) => range switch
    {
        Domain.Unit => x is >= 0 and < 1,
        Domain.Fraction => x is >= 0 and <= 1,
        Domain.PositiveFraction => x is > 0 and <= 1,
        Domain.NotNegative => x is >= 0 and < double.PositiveInfinity,
        Domain.Positive => x is > 0 and < double.PositiveInfinity,
        Domain.AtLeastOne => x is >= 1 and < double.PositiveInfinity,
        Domain.Growth => x >= 1,
        Domain.Finite => double.IsFinite(x),
        Domain.LowerBound => x < double.PositiveInfinity,
        Domain.UpperBound => x > double.NegativeInfinity,
        Domain.Order => x is 1 or 2 or 64 or double.PositiveInfinity,
        _ => throw new ArgumentOutOfRangeException(nameof(range), range, "No range of real numbers."),
    };
}
