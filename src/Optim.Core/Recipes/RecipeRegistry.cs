namespace Optim;

/// <summary>All recipes, in the order of the documentation.</summary>
public static class RecipeRegistry
{
    /// <summary>Every recipe.</summary>
    public static IReadOnlyList<RecipeEntry> All { get; } = Array.AsReadOnly(
    [
        Recipes.ResNetEntry,
        Recipes.ResNetLargeBatchEntry,
        Recipes.VisionTransformerEntry,
        Recipes.BertFineTuningEntry,
        Recipes.GptPreTrainingEntry,
        Recipes.BertLargeBatchEntry,
        Recipes.RecurrentEntry,
        Recipes.DeepQEntry,
        Recipes.ActorCriticEntry,
        Recipes.PpoEntry,
        Recipes.SparseFeaturesEntry,
        Recipes.SmallNetworkEntry,
        Recipes.CalibrationEntry,
    ]);

    /// <summary>Finds a recipe by name.</summary>
    /// <param name="name">The name on the command line.</param>
    /// <returns>The recipe; null if there is none of that name.</returns>
    public static RecipeEntry? Find(string name) => All.FirstOrDefault(entry => entry.Name == name);
}
