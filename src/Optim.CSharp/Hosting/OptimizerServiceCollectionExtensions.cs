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
    /// <remarks>
    /// From the container it takes: the <see cref="InPlaceOptimizer{T}"/> (required; <see cref="AddOptimizer{T}(IServiceCollection, Rule, Func{IServiceProvider, IEnumerable{Parameter{T}}})"/>), every <see cref="ITrainingCallback"/>, an
    /// <see cref="IProgress{T}"/> of <see cref="TrainingProgress"/>, an <see cref="ILogger{TCategoryName}"/> of the trainer, and the <see cref="TrainerTelemetry"/>, which it registers with the <see cref="IMeterFactory"/> where there is none.
    /// Nothing else: options, validation and checkpoints are its arguments.
    /// </remarks>
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
            Logger = LoggerOf<T, TBatch>(provider),
            Telemetry = provider.GetRequiredService<TrainerTelemetry>(),
        });
        return services;
    }

    /// <summary>Registers an <see cref="InPlaceOptimizer{T}"/> under a key, for applications with several models of one type.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="services">The service collection.</param>
    /// <param name="key">The key: the model's name.</param>
    /// <param name="rule">The rule.</param>
    /// <param name="parameters">From the provider and the key to the parameters.</param>
    public static IServiceCollection AddKeyedOptimizer<T>(this IServiceCollection services, object key, Rule rule, Func<IServiceProvider, object, IEnumerable<Parameter<T>>> parameters)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(rule);
        ArgumentNullException.ThrowIfNull(parameters);
        return services.AddKeyedSingleton(key, (provider, _) => OptimizerBuilder.For(rule).Build(parameters(provider, key)));
    }

    /// <summary>Registers a <see cref="Trainer{T, TBatch}"/> under a key, for the optimizer of that key, as a transient.</summary>
    /// <remarks>
    /// Optimizer, <see cref="ITrainingCallback"/>s and <see cref="IProgress{T}"/> are those of the key; callbacks without a key are not called. The metrics are a <see cref="TrainerTelemetry"/> of the key, registered where there is none, whose
    /// measurements have the key as tag <see cref="TrainerTelemetry.ModelTag"/>. The logger is the application's.
    /// </remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <typeparam name="TBatch">The objective's input.</typeparam>
    /// <param name="services">The service collection.</param>
    /// <param name="key">The key: the model's name.</param>
    /// <param name="objective">From the provider and the key to the objective.</param>
    /// <param name="options">How long to train; the defaults when null.</param>
    /// <param name="validate">From the provider and the key to the loss on held-out data; null for none.</param>
    /// <param name="checkpoint">From the provider and the key to the checkpoint function; null for none.</param>
    public static IServiceCollection AddKeyedTrainer<T, TBatch>(
        this IServiceCollection services, object key, Func<IServiceProvider, object, Func<TBatch, double>> objective, TrainerOptions? options = null,
        Func<IServiceProvider, object, Func<double>>? validate = null, Func<IServiceProvider, object, Func<TrainingCheckpoint<T>, CancellationToken, ValueTask>>? checkpoint = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(key);
        ArgumentNullException.ThrowIfNull(objective);
        services.TryAddKeyedSingleton(key, (provider, _) => new TrainerTelemetry(provider.GetService<IMeterFactory>(), key.ToString()));
        services.AddKeyedTransient(key, (provider, _) => new Trainer<T, TBatch>(provider.GetRequiredKeyedService<InPlaceOptimizer<T>>(key), objective(provider, key))
        {
            Options = options ?? new(),
            Validate = validate?.Invoke(provider, key),
            Checkpoint = checkpoint?.Invoke(provider, key),
            Callbacks = [.. provider.GetKeyedServices<ITrainingCallback>(key)],
            Progress = provider.GetKeyedService<IProgress<TrainingProgress>>(key),
            Logger = LoggerOf<T, TBatch>(provider),
            Telemetry = provider.GetRequiredKeyedService<TrainerTelemetry>(key),
        });
        return services;
    }

    private static ILogger LoggerOf<T, TBatch>(IServiceProvider provider)
        where T : unmanaged, IFloatingPointIeee754<T> =>
        (ILogger?)provider.GetService<ILogger<Trainer<T, TBatch>>>() ?? Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;
}
