package deps
import (
 _ "github.com/stripe/stripe-go/v76"
 _ "github.com/golang-jwt/jwt/v5"
 _ "modernc.org/sqlite"
 _ "github.com/stripe/stripe-mock/server"
 _ "github.com/getkin/kin-openapi/openapi3filter"
 _ "github.com/google/uuid"
 _ "github.com/google/go-cmp/cmp"
 _ "pgregory.net/rapid"
 _ "go.uber.org/goleak"
 _ "golang.org/x/net/html"
 _ "gopkg.in/yaml.v3"
 _ "go.yaml.in/yaml/v3"
)
