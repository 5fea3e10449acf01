using System.Collections;
using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;

namespace Optim.Values;

/// <summary>
/// The fields of a class that derives from a record without being one, as a class of F# does. A record's own are compared by what the compiler writes for
/// it; nobody has written anything for these.
/// </summary>
internal static class SubclassFields
{
    private static readonly ConcurrentDictionary<Type, FieldInfo[]> Known = new();

    /// <summary>Whether two values, equal as the records that they are, are of one class and hold equal fields.</summary>
    /// <param name="left">A value.</param>
    /// <param name="right">Another.</param>
    /// <param name="record">The last record among the left one's classes: what its <c>EqualityContract</c> is.</param>
    public static bool Equal(object left, object right, Type record)
    {
        var type = left.GetType();
        return type == right.GetType()
            && (type == record
                || Array.TrueForAll(Of(type, record), field => StructuralComparisons.StructuralEqualityComparer.Equals(field.GetValue(left), field.GetValue(right))));
    }

    /// <summary>A hash of the class and its fields.</summary>
    public static int Hash(object value, Type record)
    {
        var type = value.GetType();
        var hash = default(HashCode);
        hash.Add(type);
        if (type != record)
        {
            foreach (var field in Of(type, record))
            {
                hash.Add(field.GetValue(value) is { } content ? StructuralComparisons.StructuralEqualityComparer.GetHashCode(content) : 0);
            }
        }

        return hash.ToHashCode();
    }

    [UnconditionalSuppressMessage(
        "Trimming", "IL2070:UnrecognizedReflectionPattern", Justification = "The records' own annotation keeps the fields of every class that derives from them.")]
    [UnconditionalSuppressMessage(
        "Trimming", "IL2075:UnrecognizedReflectionPattern", Justification = "The records' own annotation keeps the fields of every class that derives from them.")]
    private static FieldInfo[] Of(Type type, Type record) => Known.GetOrAdd(type, _ =>
    {
        var fields = new List<FieldInfo>();
        for (var layer = type; layer != record && layer is not null; layer = layer.BaseType)
        {
            fields.AddRange(layer.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly));
        }

        return [.. fields];
    });
}
