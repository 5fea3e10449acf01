using System.Diagnostics.Metrics;
using System.Numerics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace Optim.CSharp;

/// <summary>Registers optimizers and trainers.</summary>
public static class OptimizerServiceCollectionExtensions
{
    /// <summary>Registers an <see cref="InPlaceOptimizer{T}"/> for the application's parameters as a singleton, disposed with the container.</summary>
    /// <remarks><code>services.AddOptimizer(new AdamW { LearningRate = 1e-3 }, provider => provider.GetRequiredService&lt;Model&gt;().Parameters);</code></remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="services">The service collection.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="parameters">Resolves the parameters.</param>
    public static IServiceCollection AddOptimizer<T>(this IServiceCollection services, Rule rule, Func<IServiceProvider, IEnumerable<Parameter<T>>> parameters)
        where T : unmanaged, IFloatingPointIeee754<T> => services.AddOptimizer(_ => OptimizerBuilder.For(rule), parameters);

    /// <summary>Registers an <see cref="InPlaceOptimizer{T}"/> from a builder, with options or schedules from other services.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="services">The service collection.</param>
    /// <param name="builder">Composes the rule.</param>
    /// <param name="parameters">Resolves the parameters.</param>
    public static IServiceCollection AddOptimizer<T>(
        this IServiceCollection services, Func<IServiceProvider, OptimizerBuilder> builder, Func<IServiceProvider, IEnumerable<Parameter<T>>> parameters)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(parameters);
        services.AddSingleton(provider => builder(provider).Build(parameters(provider)));
        return services;
    }

    /// <summary>Registers a <see cref="Trainer{T, TBatch}"/> for the registered optimizer, with the application's logging and metrics, as a transient.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <typeparam name="TBatch">The objective's input.</typeparam>
    /// <param name="services">The service collection.</param>
    /// <param name="objective">Resolves the objective: reads the parameters' values, writes their gradients, returns the batch's loss.</param>
    /// <param name="options">How long to train; the defaults when null.</param>
    /// <param name="validate">Resolves the loss on held-out data; null for none.</param>
    /// <param name="checkpoint">Resolves the checkpoint function; null for none.</param>
    public static IServiceCollection AddTrainer<T, TBatch>(
        this IServiceCollection services, Func<IServiceProvider, Func<TBatch, double>> objective, TrainerOptions? options = null,
        Func<IServiceProvider, Func<double>>? validate = null, Func<IServiceProvider, Func<TrainingCheckpoint<T>, CancellationToken, ValueTask>>? checkpoint = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(objective);
        services.TryAddSingleton(provider => new TrainerTelemetry(provider.GetService<IMeterFactory>()));
        services.AddTransient(provider => new Trainer<T, TBatch>(provider.GetRequiredService<InPlaceOptimizer<T>>(), objective(provider))
        {
            Options = options ?? new(),
            Validate = validate?.Invoke(provider),
            Checkpoint = checkpoint?.Invoke(provider),
            Callbacks = [.. provider.GetServices<ITrainingCallback>()],
            Progress = provider.GetService<IProgress<TrainingProgress>>(),
            Logger = (ILogger?)provider.GetService<ILogger<Trainer<T, TBatch>>>() ?? Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance,
            Telemetry = provider.GetRequiredService<TrainerTelemetry>(),
        });
        return services;
    }
}
